"""What the API says when it refuses: Kubernetes' own status codes, reasons and words."""

from __future__ import annotations

from typing import Any

from console.lab.kube.resource import Resource


class Refusal(Exception):  # noqa: N818 - the server's word for an answer, which is not a failure of the server
    """An answer other than 2xx, with the body that the real server would send."""

    def __init__(
        self, status: int, reason: str, message: str, *, details: dict[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.details = details

    def body(self) -> dict[str, Any]:
        """Write the refusal as a `Status` object."""
        body: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": str(self),
            "reason": self.reason,
            "code": self.status,
        }
        if self.details:
            body["details"] = self.details
        return body


def _details(resource: Resource, name: str) -> dict[str, Any]:
    details = {"name": name, "group": resource.group, "kind": resource.plural}
    return {key: value for key, value in details.items() if value}


def not_found(resource: Resource, name: str) -> Refusal:
    """Say that the object is not there."""
    return Refusal(
        404, "NotFound", f'{resource.full_name} "{name}" not found', details=_details(resource, name)
    )


def already_exists(resource: Resource, name: str) -> Refusal:
    """Say that another object has the name."""
    message = f'{resource.full_name} "{name}" already exists'
    return Refusal(409, "AlreadyExists", message, details=_details(resource, name))


def conflict(resource: Resource, name: str) -> Refusal:
    """Say that the object has moved on since the caller read it."""
    message = (
        f'Operation cannot be fulfilled on {resource.full_name} "{name}": the object has been modified; '
        "please apply your changes to the latest version and try again"
    )
    return Refusal(409, "Conflict", message, details=_details(resource, name))


def forbidden(resource: Resource, *, user: str, verb: str, namespace: str, name: str) -> Refusal:
    """Say that this user may not do this."""
    subject = f'{resource.full_name} "{name}"' if name else resource.full_name
    message = (
        f'{subject} is forbidden: User "{user}" cannot {verb} resource "{resource.plural}" '
        f'in API group "{resource.group}" in the namespace "{namespace}"'
    )
    return Refusal(403, "Forbidden", message, details=_details(resource, name))


def unauthorized() -> Refusal:
    """Say that the caller is not known."""
    return Refusal(401, "Unauthorized", "Unauthorized")


def bad_request(message: str) -> Refusal:
    """Say that the request can't be read."""
    return Refusal(400, "BadRequest", message)


def method_not_allowed() -> Refusal:
    """Say that the resource does not know the verb."""
    return Refusal(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")


def unsupported_media_type(*accepted: str) -> Refusal:
    """Say that the body's type is not understood here."""
    message = "the body of the request was in an unknown format - accepted media types include: " + ", ".join(
        accepted
    )
    return Refusal(415, "UnsupportedMediaType", message)


def invalid(message: str, *, details: dict[str, Any] | None = None) -> Refusal:
    """Say that the body was read and makes no sense."""
    return Refusal(422, "Invalid", message, details=details)
