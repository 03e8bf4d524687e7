from rest_framework.authentication import TokenAuthentication as ApiKeyAuthentication  # noqa: F401
