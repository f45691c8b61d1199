// One way to the server: JSON out and in, a time limit, and never a followed redirect to the sign-in page.

const WAIT = 15000;

export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export function makeSend(base, csrf) {
  // Answers { status, data }; status 0 stands for no answer at all.
  return async function send(method, path, body) {
    try {
      const response = await fetch(base + path, {
        method,
        credentials: "same-origin",
        redirect: "manual",
        signal: AbortSignal.timeout(WAIT),
        headers: { "X-CSRFToken": csrf, "HX-Request": "true", "Content-Type": "application/json" },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
      const status = response.type === "opaqueredirect" ? 401 : response.status;
      return { status, data: isJson ? await response.json() : await response.text() };
    } catch {
      return { status: 0, data: {} };
    }
  };
}
