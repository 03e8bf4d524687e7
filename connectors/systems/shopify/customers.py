"""A customer of Shopify as a row of its customers export."""

from __future__ import annotations

from connectors.objects import Json, TheirCustomer, moment, part, required, text

CONSENTS = {"Accepts Email Marketing": "email", "Accepts SMS Marketing": "sms"}


def read_customer(data: Json) -> TheirCustomer:
    """Raises BadMessage."""
    number = required(data, "id")
    address = part(data, "default_address")
    email, sms = part(data, "email_marketing_consent"), part(data, "sms_marketing_consent")
    moments = [at for consent in (email, sms) if (at := moment(consent, "consent_updated_at"))]
    return TheirCustomer(
        source_id=number,
        changed_at=moment(data, "updated_at"),
        number=number,
        number_heading="Customer ID",
        record={
            "Customer ID": number,
            "First Name": text(data, "first_name"),
            "Last Name": text(data, "last_name"),
            "Email": text(data, "email"),
            "Phone": text(data, "phone"),
            "Default Address Phone": text(address, "phone"),
            "Default Address Country Code": text(address, "country_code"),
            "Accepts Email Marketing": _consent(email),
            "Accepts SMS Marketing": _consent(sms),
            "Language": text(data, "locale"),
            "Created At": text(data, "created_at"),
            "Tags": text(data, "tags"),
        },
        consent_at=max(moments, default=None),
        consent_headings=CONSENTS,
    )


def _consent(consent: Json) -> str:
    """Nothing where the message does not speak of consent at all."""
    if not (state := text(consent, "state").lower()):
        return ""
    return "yes" if state == "subscribed" else "no"
