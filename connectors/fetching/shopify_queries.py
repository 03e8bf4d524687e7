"""What is asked of Shopify's GraphQL Admin API.

https://shopify.dev/docs/api/admin-graphql; amounts in the shop's own currency.
"""

from __future__ import annotations

LINES_AT_ONCE = 10
VARIANTS_AT_ONCE = 25
REFUND_LINES_AT_ONCE = 5

CUSTOMER = """
  legacyResourceId firstName lastName locale tags createdAt updatedAt
  defaultEmailAddress { emailAddress marketingState marketingUpdatedAt }
  defaultPhoneNumber { phoneNumber marketingState marketingUpdatedAt }
  defaultAddress { phone countryCodeV2 }
"""
VARIANT = "nodes { sku price inventoryQuantity selectedOptions { name value } inventoryItem { id tracked } }"
PRODUCT = f"""
  id legacyResourceId handle title vendor productType status isGiftCard updatedAt category {{ fullName }}
  variants(first: {VARIANTS_AT_ONCE}) {{ {VARIANT} pageInfo {{ hasNextPage endCursor }} }}
"""
LINE = """nodes {
    id name title sku quantity vendor originalUnitPriceSet { shopMoney { amount } }
    discountAllocations { allocatedAmountSet { shopMoney { amount } } }
  }"""
REFUND_LINE = "nodes { quantity lineItem { id } }"
REFUND = f"""
    id legacyResourceId
    refundLineItems(first: {REFUND_LINES_AT_ONCE}) {{ {REFUND_LINE} pageInfo {{ hasNextPage endCursor }} }}
    transactions(first: 5) {{ nodes {{ kind status amountSet {{ shopMoney {{ amount }} }} }} }}
"""
ORDER = f"""
  id legacyResourceId name email createdAt updatedAt cancelledAt test currencyCode sourceName
  displayFinancialStatus discountCodes paymentGatewayNames
  totalPriceSet {{ shopMoney {{ amount }} }} totalTaxSet {{ shopMoney {{ amount }} }}
  totalShippingPriceSet {{ shopMoney {{ amount }} }}
  billingAddress {{ name countryCodeV2 }} shippingAddress {{ name countryCodeV2 }}
  retailLocation {{ legacyResourceId name }}
  customer {{ {CUSTOMER} }}
  refunds {{ {REFUND} }}
  lineItems(first: {LINES_AT_ONCE}) {{ {LINE} pageInfo {{ hasNextPage endCursor }} }}
"""
STOCK = """
  legacyResourceId
  inventoryLevels(first: 50) { nodes {
    updatedAt location { legacyResourceId } quantities(names: ["available"]) { quantity } } }
"""
FIELDS = {
    "customers": CUSTOMER,
    "products": PRODUCT,
    "orders": ORDER,
    "locations": "legacyResourceId name",
    "inventoryItems": STOCK,
}
AT_ONCE = {"customers": 100, "products": 20, "orders": 20, "locations": 100}
"""To begin with: Shopify refuses a query that could cost too much, and then fewer are asked for."""


def list_query(name: str, *, is_changed_only: bool) -> str:
    """Changed ones by the moment of their change: what changes meanwhile comes again at the end."""
    if name == "locations":
        arguments = "first: $first, after: $after, includeInactive: true"
        return f"""query($first: Int!, $after: String) {{
          {name}({arguments}) {{ nodes {{ {FIELDS[name]} }} pageInfo {{ hasNextPage endCursor }} }} }}"""
    key = "UPDATED_AT" if is_changed_only else "ID"
    arguments = f"first: $first, after: $after, query: $query, sortKey: {key}"
    return f"""query($first: Int!, $after: String, $query: String) {{
      {name}({arguments}) {{ nodes {{ {FIELDS[name]} }} pageInfo {{ hasNextPage endCursor }} }} }}"""


def one_query(name: str) -> str:
    """``name`` is one thing: customer, product, order."""
    return f"query($id: ID!) {{ {name}(id: $id) {{ {FIELDS[name + 's']} }} }}"


LINES = f"""query($id: ID!, $after: String) {{
  order(id: $id) {{ lineItems(first: {LINES_AT_ONCE}, after: $after) {{
    {LINE} pageInfo {{ hasNextPage endCursor }} }} }} }}"""
REFUND_LINES = f"""query($id: ID!, $after: String) {{
  refund(id: $id) {{ refundLineItems(first: {REFUND_LINES_AT_ONCE}, after: $after) {{
    {REFUND_LINE} pageInfo {{ hasNextPage endCursor }} }} }} }}"""
VARIANTS = f"""query($id: ID!, $after: String) {{
  product(id: $id) {{ variants(first: {VARIANTS_AT_ONCE}, after: $after) {{
    {VARIANT} pageInfo {{ hasNextPage endCursor }} }} }} }}"""
