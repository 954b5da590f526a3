"""A recall from scope to acknowledgement."""
