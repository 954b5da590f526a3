"""The HTTP boundary: routes, bodies, problem documents, cursors, OpenAPI."""
