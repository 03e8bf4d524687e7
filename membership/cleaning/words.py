"""Words that shops' files use, and the word that we store."""

from __future__ import annotations

from collections.abc import Mapping

from membership.cleaning.order_words import by_word

MISSING_WORDS = frozenset(
    {
        "",
        "unknown",
        "undefined",
        "#value!",
        "#ref!",
        "--",
        "null",
        "none",
        "nan",
        "nat",
        "n/a",
        "#n/a",
        "<na>",
        "\\n",
        "-",
    }
)
CURRENCY_SYMBOLS = "$€£¥₩₹ "
CURRENCY_ALIASES = {
    "€": "EUR",
    "£": "GBP",
    "₩": "KRW",
    "₹": "INR",
    "us$": "USD",
    "rmb": "CNY",
    "人民币": "CNY",
}
# ISO 4217: decimals of the minor unit where they are not two
MINOR_DIGITS: Mapping[str, int] = {
    **dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        0,
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
}
# what stands before or after an amount, in small letters, the longest first
CURRENCY_WORDS = (
    "hkd", "usd", "eur", "gbp", "cny", "rmb", "jpy", "aud", "cad", "chf", "sek", "nok", "dkk", "pln", "brl",
    "inr", "krw", "sgd", "myr", "thb", "php", "idr", "vnd", "twd", "rub", "uah", "try", "mxn", "nzd", "zar",
    "czk", "huf", "ron", "bgn", "ils", "aed", "sar", "clp", "cop", "ars", "pen",
    "rs.", "rm", "rp", "s$", "mx$", "руб.", "руб", "р.", "грн", "лв.", "tl", "원",
    "us$", "hk$", "nt$", "au$", "ca$", "fr.", "kr.", "元", "円", "圆", "r$", "a$", "c$", "kr", "zł", "kč",
    "ft", "$",
    "€", "£", "¥", "￥", "₩", "₹", "₽", "₺", "₫", "₱", "฿", "₴", "₪", "₦",
)  # fmt: skip
_MONTH_WORDS = (
    "january jan januar jänner janvier janv gennaio gen enero ene januari janeiro",
    "february feb februar février févr fev febbraio febrero februari fevereiro",
    "march mar märz mär mrz mars marzo maart mrt março",
    "april apr avril avr aprile abril abr",
    "may mai maggio mag mayo mei maio",
    "june jun juni juin giugno giu junio junho",
    "july jul juli juillet juil luglio lug julio julho",
    "august aug août aou agosto ago augustus",
    "september sep sept septembre settembre set septiembre setembro",
    "october oct oktober okt octobre ottobre ott octubre outubro out",
    "november nov novembre noviembre novembro",
    "december dec dezember dez décembre déc dicembre dic diciembre dezembro",
)
MONTHS = {word: number for number, words in enumerate(_MONTH_WORDS, start=1) for word in words.split()}
# what tills and shop systems call their time zones, in small letters
ZONE_NAMES = {
    **dict.fromkeys(("eastern", "eastern time", "eastern time (us & canada)"), "America/New_York"),
    **dict.fromkeys(("central", "central time", "central time (us & canada)"), "America/Chicago"),
    **dict.fromkeys(("mountain", "mountain time", "mountain time (us & canada)"), "America/Denver"),
    **dict.fromkeys(("pacific", "pacific time", "pacific time (us & canada)"), "America/Los_Angeles"),
    "atlantic time (canada)": "America/Halifax", "newfoundland": "America/St_Johns",
    "alaska": "America/Juneau", "hawaii": "Pacific/Honolulu", "arizona": "America/Phoenix",
    "indiana (east)": "America/Indiana/Indianapolis", "saskatchewan": "America/Regina",
    "london": "Europe/London", "edinburgh": "Europe/London", "dublin": "Europe/Dublin",
    "paris": "Europe/Paris", "madrid": "Europe/Madrid", "berlin": "Europe/Berlin", "rome": "Europe/Rome",
    "amsterdam": "Europe/Amsterdam", "tokyo": "Asia/Tokyo", "osaka": "Asia/Tokyo",
    "sydney": "Australia/Sydney", "melbourne": "Australia/Melbourne", "brisbane": "Australia/Brisbane",
    "adelaide": "Australia/Adelaide", "perth": "Australia/Perth", "hobart": "Australia/Hobart",
    "auckland": "Pacific/Auckland", "hong kong": "Asia/Hong_Kong", "beijing": "Asia/Shanghai",
    "singapore": "Asia/Singapore",
}  # fmt: skip
COUNTRY_ALIASES = {
    "uk": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "northern ireland": "GB",
    "great britain": "GB", "usa": "US", "america": "US", "united states of america (usa)": "US",
    "the netherlands": "NL", "holland": "NL", "south korea": "KR", "korea": "KR", "russia": "RU",
    "prc": "CN", "mainland china": "CN", "中国大陆": "CN", "czech republic": "CZ", "turkey": "TR",
    "hong kong": "HK", "香港": "HK", "台湾": "TW", "macau": "MO", "澳门": "MO", "vietnam": "VN",
    "burma": "MM", "ivory coast": "CI", "swaziland": "SZ", "uae": "AE",
}  # fmt: skip
LANGUAGE_ALIASES = {
    "zh": "zh-hans", "zh-cn": "zh-hans", "zh-sg": "zh-hans", "zh-hans-cn": "zh-hans", "chinese": "zh-hans",
    "中文": "zh-hans", "简体中文": "zh-hans", "zh-tw": "zh-hant", "zh-hk": "zh-hant", "zh-mo": "zh-hant",
    "繁體中文": "zh-hant", "english": "en", "german": "de", "deutsch": "de", "french": "fr",
    "français": "fr", "spanish": "es", "español": "es", "italian": "it", "japanese": "ja", "日本語": "ja",
}  # fmt: skip
BOOLEANS = {
    **dict.fromkeys(("1", "true", "t", "yes", "y", "fraud", "fraudulent", "chargeback", "是"), True),
    **dict.fromkeys(("0", "false", "f", "no", "n", "genuine", "good", "legit", "legitimate", "否"), False),
}
CONSENTS = {
    **dict.fromkeys(
        (
            "1",
            "true",
            "yes",
            "y",
            "subscribed",
            "opted in",
            "opt in",
            "opted_in",
            "single_opt_in",
            "confirmed",
            "double_opt_in",
            "ja",
            "oui",
            "si",
            "sì",
            "sí",
            "granted",
            "accepted",
            "x",
            "да",
            "예",
            "동의",
            "수신",
            "tak",
            "evet",
            "sim",
            "是",
            "已订阅",
            "同意",
        ),
        True,
    ),
    **dict.fromkeys(
        (
            "0",
            "false",
            "no",
            "n",
            "unsubscribed",
            "never subscribed",
            "never_subscribed",
            "not subscribed",
            "not_subscribed",
            "cleaned",
            "non-subscribed",
            "nonsubscribed",
            "opted out",
            "opt out",
            "suppressed",
            "nein",
            "non",
            "withdrawn",
            "pending",
            "bounced",
            "transactional",
            "redacted",
            "invalid",
            "нет",
            "아니오",
            "거부",
            "nie",
            "hayır",
            "não",
            "否",
            "未订阅",
        ),
        False,
    ),
}


TIERS = by_word(
    basic="bronze, standard, regular, normal, default, member, 普通, 普通会员",
    silver="silber, 银, 银卡, 白银, 银卡会员",
    gold="golden, 金, 金卡, 黄金, 金卡会员",
    platinum="platin, diamond, vip, 铂金, 白金, 铂金会员",
)
MEMBER_STATUSES = by_word(
    active="enabled, subscribed, unsubscribed, never subscribed, non subscribed, transactional, "
    "cleaned, 1, yes, true, y, invited, declined, aktiv, actif, attivo, activo, oui, ja, si, 正常, "
    "启用, 是",
    frozen="disabled, blocked, suspended, inactive, 0, no, false, n, banned, locked, inaktiv, "
    "gesperrt, inactif, non, nein, inattivo, inactivo, 冻结, 停用, 禁用, 黑名单, 否",
)
PRODUCT_STATUSES = by_word(
    active="1, true, yes, y, published, visible, enabled, publish, on, in stock, shown, ja, oui, si, "
    "sì, sí, aktiv, actif, attivo, activo, 是, 出售中, 上架, 已上架, 在售",
    inactive="0, false, no, n, -1, draft, archived, unlisted, hidden, disabled, private, off, deleted, "
    "inaktiv, nein, non, inactif, inattivo, inactivo, 否, 下架, 已下架, 仓库中, 停用",
)
CHANNELS = by_word(
    store="in store, pos, retail, offline, shop, physical, 门店",
    web="online, website, online store, desktop, checkout, shopify draft order, 网站",
    app="mobile, ios, android, iphone, mobile app, 小程序",
    phone="telephone, call, call centre, call center, 电话",
)
EVENT_TYPES = by_word(
    view="product view, page view, viewed, product viewed, view item, detail",
    cart="add to cart, added to cart, addtocart, product added, basket",
    cart_remove="remove from cart, removed from cart, removefromcart, product removed",
    search="search submitted, products searched, query",
    wishlist="add to wishlist, product added to wishlist",
    favourite="favorite, like, liked, 收藏",
    not_interested="not interested, dislike, disliked, hide, 不感兴趣",
    gift="bought as a gift, gift purchase, 礼物, 送礼",
    impression="shown, product list viewed, exposure",
    click="clicked, product clicked, select item",
)
LABEL_SOURCES = by_word(
    chargeback="dispute, charge back", review="manual review, staff, analyst",
    confirmed="member, customer, confirmed good, confirmed by the member", **{"import": "file, imported"},
)  # fmt: skip
PROMOTION_KINDS = by_word(
    mailer="flyer, leaflet, feature, catalogue, catalog, 传单, 海报",
    front_page="front page, frontpage, cover, 封面",
    display="in store display, endcap, end cap, 陈列, 堆头",
    price="price cut, discount, markdown, sale, 降价, 特价",
    online="banner, newsletter, email, 横幅, 线上",
    other="其他",
)
