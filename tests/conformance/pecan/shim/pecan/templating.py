from apirouter.objectdispatch.renderers import JinjaRenderer, JsonRenderer, MakoRenderer

_builtin_renderers = {"json": JsonRenderer, "mako": MakoRenderer, "jinja": JinjaRenderer}
# Errors of templates are logged with their tracebacks; the test only wants something that takes one.
error_formatters = [lambda error: f"{type(error).__name__}: {error}"]
