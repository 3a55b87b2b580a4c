// Both widgets write style elements, which the content security policy allows only with the page's nonce. The browser hides
// a nonce from the attribute, but scripts may read the property.

/** The nonce of the page, or the empty string where no policy is set. */
export function pageNonce() {
  return document.querySelector("script[nonce]")?.nonce ?? "";
}

/** Runs `work`; every style element made meanwhile carries the nonce. */
export function withNonce(work) {
  const nonce = pageNonce();
  if (!nonce) {
    return work();
  }
  const createElement = document.createElement;
  document.createElement = function (name, options) {
    const element = createElement.call(document, name, options);
    if (element.localName === "style") {
      element.nonce = nonce;
    }
    return element;
  };
  try {
    return work();
  } finally {
    delete document.createElement;
  }
}
