"""Words of systems and languages for the state of an order, and the state that each means."""

from __future__ import annotations


def by_word(**meanings: str) -> dict[str, str]:
    """``by_word(paid="paid, processing")``: each listed word, and the meaning itself, -> the meaning."""
    words = {meaning: meaning for meaning in meanings}
    for meaning, listed in meanings.items():
        words |= {word.strip(): meaning for word in listed.split(",")}
    return words


ORDER_STATUSES = by_word(
    pending=(
        "입금전, 입금대기, 결제대기, 미결제, 주문접수, новый, не оплачен, ожидает оплаты, ожидание, "
        "ожидает, в ожидании, черновик заказа, oczekujące, oczekuje na płatność, nowe, nieopłacone, "
        "beklemede, ödeme bekleniyor, yeni, zahlung offen, aberta, não pago, não está embalado, "
        "awaiting confirmation, 決済待ち, 注文受付, 新規, new, open, unpaid, authorized, on hold, "
        "pending payment, wc pending, wc on hold, pending review, awaiting payment, "
        "awaiting check payment, awaiting bank wire payment, invoiced, created, approved, "
        "payment pending, payment review, partially authorized, awaiting fulfillment, "
        "awaiting shipment, awaiting pickup, manual verification required, verification required, "
        "backordered, on backorder, 等待买家付款, 待付款, 未付款, 未支付, 待支付, 拼团中, ausstehend, "
        "wartend, in wartestellung, zahlung ausstehend, warten auf zahlung, offen, neu, en attente, "
        "en attente de paiement, in attesa, in attesa di pagamento, pendiente, pendiente de pago, "
        "in afwachting, 未払い, 保留中, attente paiement, en attente de validation, pendente, "
        "aguardando, aguardando pagamento, pagamento pendente, em espera, en espera, "
        "pendiente de confirmación, in sospeso, sospeso, in afwachting van betaling, in de wacht, "
        "unbezahlt, nicht bezahlt, vorgemerkt, 支払い待ち, 入金待ち, 未入金, 新規受付, 等待付款, "
        "等待支付, 待确认, 保留, 待处理, awaiting, waiting, reserved, due, waiting for payment, "
        "not paid"
    ),
    paid=(
        "결제완료, 입금확인, 배송준비중, 상품준비중, 배송대기, 배송보류, оплачен, оплачено, "
        "в обработке, принят, подтвержден, подтверждён, к отгрузке, собирается, комплектуется, "
        "в работе, к выполнению, opłacone, w realizacji, w trakcie realizacji, przyjęte, ödendi, "
        "hazırlanıyor, onaylandı, komplett bezahlt, zur lieferung bereit, teilweise abgeschlossen, "
        "in bearbeitung (wartet), freigegeben, kommissioniert, confirmada e paga, 対応中, 未発送, "
        "入金確認, 未対応, awaiting collection, awaiting dispatch, ready for pickup, 待揽收, "
        "待发货，待揽收, processing, partially paid, partially refunded, wc processing, "
        "payment accepted, remote payment accepted, processing in progress, preparation in progress, "
        "in progress, payment received, captured, accepted, confirmed, 已付款, 已支付, 买家已付款, "
        "买家已付款，等待卖家发货, 等待卖家发货, 待发货, 等待出库, 卖家备货中, in bearbeitung, "
        "bezahlt, zahlung erhalten, payé, paiement accepté, en cours, en cours de préparation, "
        "en traitement, pagato, in lavorazione, pagamento accettato, pagado, procesando, "
        "pago aceptado, betaald, in behandeling, 支払済み, 処理中, payée, en préparation, traitée, "
        "en cours de traitement, pagata, pagada, en curso, en proceso, en preparación, pago, paga, "
        "faturado, aprovado, processando, em processamento, em separação, em preparação, "
        "pagamento aprovado, verwerken, in verwerking, teilweise bezahlt, teilweise erstattet, "
        "wird bearbeitet, bestätigt, confirmé, confirmada, confirmado, confermato, in elaborazione, "
        "入金済み, 入金確認済み, 準備中, 出荷準備中, 处理中, 正在处理, 已确认, 备货中, 待发出, 待出库, "
        "已接单, packed, ready, ready to ship, to ship, in production, on time, awaiting shipment, "
        "paid in full"
    ),
    shipped=(
        "배송중, 배송시작, 출고완료, отгружен, отправлен, доставляется, в пути, передан в доставку, "
        "wysłane, wysłano, w drodze, kargoda, kargoya verildi, komplett ausgeliefert, "
        "teilweise ausgeliefert, ausgeliefert und offen, a caminho, 已发货，待签收, 已发货, 待签收, "
        "fulfilled, dispatched, sent, in transit, partially shipped, shipping, out for delivery, "
        "unshipped, 待收货, 卖家已发货, 卖家已发货，等待买家确认, 等待买家确认, 等待确认收货, 已出库, "
        "配送中, versandt, versendet, teilweise versandt, expédié, expédiée, spedito, enviado, "
        "verzonden, 発送済み, verschickt, ausgeliefert, unterwegs, teilversandt, spedita, enviada, "
        "despachado, despachada, em trânsito, en tránsito, in consegna, en livraison, onderweg, "
        "発送済, 出荷済み, 出荷済, 配達中, 运输中, 派送中, 已发出, 部分发货"
    ),
    completed=(
        "배송완료, 구매확정, 거래완료, 완료, выполнен, завершен, завершён, доставлен, доставлено, "
        "закрыт, получен, реализован, zrealizowane, zakończone, dostarczone, dostarczono, tamamlandı, "
        "teslim edildi, komplett abgeschlossen, abgeschlossen und bezahlt, versendet und bezahlt, "
        "arquivada, arquivado, 対応済み, 売上確定, 已签收，交易完成, processed, order complete, "
        "complete, closed, delivered, done, wc completed, fulfilled and paid, paid and shipped, "
        "picked up, success, successful, succeeded, settled, 已完成, 交易成功, 完成, 已签收, 交易完成, "
        "订单完成, 已收货, abgeschlossen, fertiggestellt, erledigt, geliefert, zugestellt, terminée, "
        "terminé, livré, livrée, completato, consegnato, completado, entregado, voltooid, afgerond, "
        "geleverd, 完了, concluído, entregue, concluída, finalizado, finalizada, completada, "
        "completata, consegnata, entregada, cerrado, clôturé, clôturée, beendet, "
        "zugestellt und abgeschlossen, ausgeführt, verkauft, voltooid en geleverd, 配達完了, 配送完了, "
        "発送完了, 取引完了, 已收货完成, 已结束, 已评价, 已核销, 已妥投, finished, received, "
        "collected, sold, fulfilled and delivered"
    ),
    cancelled=(
        "취소, 취소완료, 주문취소, 입금전취소, 취소처리완료, отменен, отменён, отменено, аннулирован, "
        "отказ, не состоялся, anulowane, anulowano, iptal, iptal edildi, storniert / abgelehnt, "
        "abgelehnt und storniert, cancelado pelo cliente, canceled reversal, denied, expirado, "
        "注文取消し, 注文取消, 購入処理中, 決済処理中, 取消し, unpaid and cancelled, canceled, voided, "
        "void, failed, expired, wc cancelled, wc failed, payment error, abandoned, draft, auto draft, "
        "checkout draft, wc checkout draft, incomplete, unavailable, cancelled by seller, "
        "cancelled by buyer, 已取消, 交易关闭, 已关闭, 订单取消, 取消, 已作废, storniert, abgebrochen, "
        "fehlgeschlagen, entwurf, annulé, annulée, échouée, brouillon, annullato, cancellato, fallito, "
        "bozza, cancelado, anulado, fallido, borrador, geannuleerd, mislukt, concept, キャンセル, "
        "annullata, cancelada, cancelled by customer, cancelled by merchant, anulada, échoué, "
        "abandonné, cancelamento, malsucedido, falhado, falhou, recusado, geweigerd en geannuleerd, "
        "gelöscht, verworfen, zurückgezogen, キャンセル済み, キャンセル済, 取消済み, 失敗, 失败, "
        "支付失败, 交易取消, 已撤销, not completed, deleted, test"
    ),
    refunded=(
        "환불완료, 환불, 반품완료, 반품, возврат, возвращен, возвращён, возвращено, деньги возвращены, "
        "zwrócone, zwrot, iade, iade edildi, komplett zurückgezahlt, rückabgewickelt, estornada, "
        "reembolso total, returned, wc refunded, fully refunded, disputed, chargeback, charged back, "
        "已退款, 退款成功, 退款完成, 已退货, 全额退款, erstattet, rückerstattet, zurückerstattet, "
        "retourniert, remboursé, remboursée, rimborsato, reembolsado, terugbetaald, 返金済み, refund, "
        "return, returns, retoure, retour, retourniert und erstattet, rückgabe, gutschrift, retourné, "
        "retournée, reso, resa, rimborsata, reembolsada, devuelto, devuelta, devolvido, devolvida, "
        "devolución, devolução, estornado, geretourneerd, 返品, 返品済み, 返金, 退货, 退货退款, 退款, "
        "已全额退款"
    ),
    held=("review, under review, suspected fraud, fraud review, payment review hold"),
    declined=("rejected, abgelehnt, refusé, rifiutato, rechazado, geweigerd"),
)
