"""The version of the package, and that of the Array API standard that it follows."""

__version__ = "0.1.0"
__array_api_version__ = "2025.12"
