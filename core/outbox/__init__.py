"""Messages to be sent, stored in the transaction that caused them."""
