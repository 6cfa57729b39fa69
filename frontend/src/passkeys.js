// Forms whose answer a passkey gives: the server's question is in the page (or asked for), the browser's answer goes
// into a hidden field, and the form is sent as any other.
import { say } from "./page.js";

const decode = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const encode = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

export function startPasskeys(root) {
  for (const form of root.querySelectorAll("form[data-passkey]")) new PasskeyForm(form);
}

class PasskeyForm {
  constructor(form) {
    this.form = form;
    this.field = form.querySelector("[data-passkey-credential]");
    this.problem = form.querySelector("[data-passkey-problem]");
    if (!window.PublicKeyCredential) {
      this.tell(say("noPasskeys"));
      return;
    }
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      if (this.field.value) return;
      event.preventDefault();
      this.answer();
    });
    // Back by the browser's history: an answer is good once.
    addEventListener("pageshow", (event) => event.persisted && (this.field.value = ""));
  }

  async answer() {
    this.tell("");
    try {
      const options = await this.options();
      const isNew = this.form.dataset.passkey === "create";
      const credential = isNew ? await navigator.credentials.create(creation(options)) : await navigator.credentials.get(request(options));
      this.field.value = JSON.stringify(told(credential));
      this.form.requestSubmit();
    } catch (error) {
      this.field.value = "";
      this.tell(this.explain(error));
    }
  }

  async options() {
    const data = document.getElementById("passkey-options");
    if (data) {
      const { creation_options, request_options } = JSON.parse(data.textContent);
      return (creation_options ?? request_options).publicKey;
    }
    const response = await fetch(this.form.action, { headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" } });
    if (!response.ok) throw new Error(String(response.status));
    return (await response.json()).request_options.publicKey;
  }

  explain(error) {
    // An address of numbers can't have passkeys: the embedded default is reached as "localhost" for them.
    if (error.name === "SecurityError") return say("passkeyAddress", { url: `${location.protocol}//localhost:${location.port}` });
    if (error.name === "InvalidStateError") return say("passkeyKnown");
    return say("passkeyFailed");
  }

  tell(text) {
    if (!this.problem) return;
    this.problem.querySelector("p").textContent = text;
    this.problem.hidden = !text;
  }
}

const known = (list = []) => list.map((each) => ({ ...each, id: decode(each.id) }));

function creation(options) {
  return {
    publicKey: {
      ...options,
      challenge: decode(options.challenge),
      user: { ...options.user, id: decode(options.user.id) },
      excludeCredentials: known(options.excludeCredentials),
      // It is to sign in alone: kept on the device, and the device asks who holds it.
      authenticatorSelection: { ...options.authenticatorSelection, residentKey: "required", requireResidentKey: true, userVerification: "required" },
    },
  };
}

function request(options) {
  return { publicKey: { ...options, challenge: decode(options.challenge), allowCredentials: known(options.allowCredentials) } };
}

/** The credential as the server reads it. */
function told(credential) {
  const response = { clientDataJSON: encode(credential.response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = encode(credential.response[name]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return {
    id: credential.id,
    rawId: encode(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  };
}
