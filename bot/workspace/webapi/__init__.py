"""The Web API methods; each is a plain function from the workspace and its arguments to the answer."""
