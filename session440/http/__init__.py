"""HTTP: what a request asks for, and the answers of the package itself."""
