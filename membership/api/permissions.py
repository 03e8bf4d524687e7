from rest_framework.permissions import IsAdminUser as StaffOrScope  # noqa: F401
