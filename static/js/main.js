// Every behavior that any page may need. Each module listens on the document, so that what htmx swaps in works at once.
import "./keys.js";
import "./toast.js";
import "./menu.js";
import "./sign_out.js";
import "./dialog.js";
import "./copy.js";
import "./tabs.js";
import "./rows.js";
import "./filters.js";
import "./palette.js";
import "./counts.js";
