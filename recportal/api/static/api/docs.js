"use strict";

// Swagger UI over the description of this server. Requests from the page carry the CSRF token of the session.
const place = document.getElementById("docs");

window.SwaggerUIBundle({
  domNode: place,
  url: place.dataset.description,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  requestInterceptor: (request) => {
    const cookie = document.cookie.split("; ").find((each) => each.startsWith("csrftoken="));
    if (cookie && !["GET", "HEAD"].includes((request.method || "GET").toUpperCase())) {
      request.headers["X-CSRFToken"] = cookie.slice("csrftoken=".length);
    }
    return request;
  },
});
