"""Infrastructure: the template, its packaging, and the local runtime."""
