// What scripts say, in the page's language: a page that is not English brings its words as JSON.

const brought = document.getElementById("script-words");
const WORDS = brought ? JSON.parse(brought.textContent) : {};

export const say = (text) => WORDS[text] ?? text;
