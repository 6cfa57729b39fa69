from pages.views.errors import forbidden, not_found, server_error

__all__ = ["forbidden", "not_found", "server_error"]
