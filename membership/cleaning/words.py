"""Words that shops' files use, and the word that we store."""

from __future__ import annotations

from collections.abc import Mapping

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
    "inr",
    "us$", "hk$", "nt$", "au$", "ca$", "fr.", "kr.", "元", "円", "圆", "r$", "a$", "c$", "kr", "zł", "kč",
    "ft", "$",
    "€", "£", "¥", "￥", "₩", "₹", "₽", "₺",
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
            "否",
            "未订阅",
        ),
        False,
    ),
}


def _words(**meanings: str) -> dict[str, str]:
    """``_words(paid="paid, processing")``: each listed word, and the meaning itself, -> the meaning."""
    by_word = {meaning: meaning for meaning in meanings}
    for meaning, words in meanings.items():
        by_word |= {word.strip(): meaning for word in words.split(",")}
    return by_word


TIERS = _words(
    basic="bronze, standard, regular, normal, default, member, 普通, 普通会员",
    silver="silber, 银, 银卡, 白银, 银卡会员",
    gold="golden, 金, 金卡, 黄金, 金卡会员",
    platinum="platin, diamond, vip, 铂金, 白金, 铂金会员",
)
MEMBER_STATUSES = _words(
    active="enabled, subscribed, unsubscribed, never subscribed, non subscribed, transactional, "
    "cleaned, 1, yes, true, y, invited, declined, aktiv, actif, attivo, activo, oui, ja, si, 正常, "
    "启用, 是",
    frozen="disabled, blocked, suspended, inactive, 0, no, false, n, banned, locked, inaktiv, "
    "gesperrt, inactif, non, nein, inattivo, inactivo, 冻结, 停用, 禁用, 黑名单, 否",
)
ORDER_STATUSES = _words(
    pending="new, open, unpaid, authorized, on hold, pending payment, wc pending, wc on hold, "
    "pending review, awaiting payment, awaiting check payment, awaiting bank wire payment, invoiced, "
    "created, approved, payment pending, payment review, partially authorized, awaiting fulfillment, "
    "awaiting shipment, awaiting pickup, manual verification required, verification required, "
    "backordered, on backorder, 等待买家付款, 待付款, 未付款, 未支付, 待支付, 拼团中, ausstehend, "
    "wartend, in wartestellung, zahlung ausstehend, warten auf zahlung, offen, neu, en attente, "
    "en attente de paiement, in attesa, in attesa di pagamento, pendiente, pendiente de pago, "
    "in afwachting, 未払い, 保留中, attente paiement, en attente de validation, pendente, aguardando, "
    "aguardando pagamento, pagamento pendente, em espera, en espera, pendiente de confirmación, in sospeso, "
    "sospeso, in afwachting van betaling, in de wacht, unbezahlt, nicht bezahlt, vorgemerkt, 支払い待ち, "
    "入金待ち, 未入金, 新規受付, 等待付款, 等待支付, 待确认, 保留, 待处理, awaiting, waiting, reserved, due, "
    "waiting for payment, not paid",
    paid="processing, partially paid, partially refunded, wc processing, payment accepted, "
    "remote payment accepted, processing in progress, preparation in progress, in progress, "
    "payment received, captured, accepted, confirmed, 已付款, 已支付, 买家已付款, "
    "买家已付款，等待卖家发货, 买家已付款,等待卖家发货, 待发货, 等待卖家发货, 等待出库, 卖家备货中, "
    "in bearbeitung, bezahlt, zahlung erhalten, payé, paiement accepté, en cours, "
    "en cours de préparation, en traitement, pagato, in lavorazione, pagamento accettato, pagado, "
    "procesando, pago aceptado, betaald, in behandeling, 支払済み, 処理中, payée, en préparation, traitée, "
    "en cours de traitement, pagata, pagada, en curso, en proceso, en preparación, pago, paga, faturado, "
    "aprovado, processando, em processamento, em separação, em preparação, pagamento aprovado, verwerken, "
    "in verwerking, teilweise bezahlt, teilweise erstattet, wird bearbeitet, bestätigt, confirmé, "
    "confirmada, confirmado, confermato, in elaborazione, 入金済み, 入金確認済み, 準備中, 出荷準備中, "
    "处理中, 正在处理, 已确认, 备货中, 待发出, 待出库, 已接单, packed, ready, ready to ship, to ship, "
    "in production, on time, awaiting shipment, paid in full",
    shipped="fulfilled, dispatched, sent, in transit, partially shipped, shipping, out for delivery, "
    "unshipped, 已发货, 待收货, 卖家已发货, 卖家已发货，等待买家确认, 卖家已发货,等待买家确认, "
    "等待确认收货, 已出库, 配送中, versandt, versendet, teilweise versandt, expédié, expédiée, "
    "spedito, enviado, verzonden, 発送済み, verschickt, ausgeliefert, unterwegs, teilversandt, spedita, "
    "enviada, despachado, despachada, em trânsito, en tránsito, in consegna, en livraison, onderweg, 発送済, "
    "出荷済み, 出荷済, 配達中, 运输中, 派送中, 已发出, 部分发货",
    completed="complete, closed, delivered, done, wc completed, fulfilled and paid, paid and shipped, "
    "picked up, success, successful, succeeded, settled, 已完成, 交易成功, 完成, 已签收, 交易完成, "
    "订单完成, 已收货, abgeschlossen, fertiggestellt, erledigt, geliefert, zugestellt, terminée, "
    "terminé, livré, livrée, completato, consegnato, completado, entregado, voltooid, afgerond, "
    "geleverd, 完了, concluído, entregue, concluída, finalizado, finalizada, completada, completata, "
    "consegnata, entregada, cerrado, clôturé, clôturée, beendet, zugestellt und abgeschlossen, ausgeführt, "
    "verkauft, voltooid en geleverd, 配達完了, 配送完了, 発送完了, 取引完了, 已收货完成, 已结束, 已评价, "
    "已核销, 已妥投, finished, received, collected, sold, fulfilled and delivered",
    cancelled="canceled, voided, void, failed, expired, wc cancelled, wc failed, payment error, "
    "abandoned, draft, auto draft, checkout draft, wc checkout draft, incomplete, unavailable, "
    "cancelled by seller, cancelled by buyer, 已取消, 交易关闭, 已关闭, 订单取消, 取消, 已作废, "
    "storniert, abgebrochen, fehlgeschlagen, entwurf, annulé, annulée, échouée, brouillon, annullato, "
    "cancellato, fallito, bozza, cancelado, anulado, fallido, borrador, geannuleerd, mislukt, concept, "
    "キャンセル, annullata, cancelada, cancelled by customer, cancelled by merchant, anulada, échoué, "
    "abandonné, cancelamento, malsucedido, falhado, falhou, recusado, geweigerd en geannuleerd, "
    "gelöscht, verworfen, "
    "zurückgezogen, キャンセル済み, キャンセル済, 取消済み, 失敗, 失败, 支付失败, 交易取消, 已撤销, "
    "not completed, deleted, test",
    refunded="returned, wc refunded, fully refunded, disputed, chargeback, charged back, 已退款, "
    "退款成功, 退款完成, 已退货, 全额退款, erstattet, rückerstattet, zurückerstattet, retourniert, "
    "remboursé, remboursée, rimborsato, reembolsado, terugbetaald, 返金済み, refund, return, returns, "
    "retoure, retour, retourniert und erstattet, rückgabe, gutschrift, retourné, retournée, reso, resa, "
    "rimborsata, reembolsada, devuelto, devuelta, devolvido, devolvida, devolución, "
    "devolução, estornado, geretourneerd, "
    "返品, 返品済み, 返金, 退货, 退货退款, 退款, 已全额退款",
    held="review, under review, suspected fraud, fraud review, payment review hold",
    declined="rejected, abgelehnt, refusé, rifiutato, rechazado, geweigerd",
)
PRODUCT_STATUSES = _words(
    active="1, true, yes, y, published, visible, enabled, publish, on, in stock, shown, ja, oui, si, "
    "sì, sí, aktiv, actif, attivo, activo, 是, 出售中, 上架, 已上架, 在售",
    inactive="0, false, no, n, -1, draft, archived, unlisted, hidden, disabled, private, off, deleted, "
    "inaktiv, nein, non, inactif, inattivo, inactivo, 否, 下架, 已下架, 仓库中, 停用",
)
CHANNELS = _words(
    store="in store, pos, retail, offline, shop, physical, 门店",
    web="online, website, online store, desktop, checkout, shopify draft order, 网站",
    app="mobile, ios, android, iphone, mobile app, 小程序",
    phone="telephone, call, call centre, call center, 电话",
)
EVENT_TYPES = _words(
    view="product view, page view, viewed, product viewed, view item, detail",
    cart="add to cart, added to cart, addtocart, product added, basket",
    cart_remove="remove from cart, removed from cart, removefromcart, product removed",
    search="search submitted, products searched, query",
    wishlist="add to wishlist, product added to wishlist",
    favourite="favorite, like, liked, 收藏",
    not_interested="not interested, dislike, disliked, hide, 不感兴趣",
    impression="shown, product list viewed, exposure",
    click="clicked, product clicked, select item",
)
LABEL_SOURCES = _words(
    chargeback="dispute, charge back", review="manual review, staff, analyst",
    confirmed="member, customer, confirmed good, confirmed by the member", **{"import": "file, imported"},
)  # fmt: skip
PROMOTION_KINDS = _words(
    mailer="flyer, leaflet, feature, catalogue, catalog, 传单, 海报",
    front_page="front page, frontpage, cover, 封面",
    display="in store display, endcap, end cap, 陈列, 堆头",
    price="price cut, discount, markdown, sale, 降价, 特价",
    online="banner, newsletter, email, 横幅, 线上",
    other="其他",
)
