"""Where senders deliver alerts: plain ASGI and msgspec, one module a sender."""
