// A service worker that isolates the pages of this site from others, which browsers ask for before they allow threads
// (cross-origin isolation). It stores nothing and changes nothing but two headers.

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  const {request} = event;
  if (request.mode !== "navigate" && request.destination !== "worker") return;
  event.respondWith(fetch(request).then((response) => {
    if (response.type === "opaque" || response.type === "opaqueredirect") return response;
    const headers = new Headers(response.headers);
    headers.set("Cross-Origin-Opener-Policy", "same-origin");
    headers.set("Cross-Origin-Embedder-Policy", "require-corp");
    return new Response(response.body, {status: response.status, statusText: response.statusText, headers});
  }));
});
