from apirouter.objectdispatch.errordocs import ErrorDocuments as ErrorDocumentMiddleware  # noqa: F401
