// data-passkey="create" makes a passkey, data-passkey="get" uses one: the form is sent with what the browser answers.
// data-passkey-login="url" signs in with a passkey and no password.
import { toast } from "./toast.js";

const supported = "PublicKeyCredential" in window && "parseCreationOptionsFromJSON" in PublicKeyCredential;

function options() {
  const data = JSON.parse(document.getElementById("passkey-options").textContent);
  return (data.creation_options ?? data.request_options).publicKey;
}

async function ask(kind, publicKey) {
  if (kind === "create") {
    return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) });
  }
  return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
}

async function answer(form, kind, publicKey) {
  try {
    const credential = await ask(kind, publicKey);
    form.querySelector('[name="credential"]').value = JSON.stringify(credential.toJSON());
    form.submit();
  } catch {
    toast("The browser gave no passkey. Try again, or use another way.", "warn");
  }
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!supported) continue;
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    answer(form, form.dataset.passkey, options());
  });
}

for (const form of document.querySelectorAll("form[data-passkey-login]")) {
  if (!supported) continue;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const response = await fetch(form.action, { headers: { "X-Requested-With": "XMLHttpRequest" } });
    const data = await response.json();
    answer(form, "get", data.request_options.publicKey);
  });
}
