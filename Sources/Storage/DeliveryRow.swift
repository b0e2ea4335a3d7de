internal import GRDB
internal import Model

/// How a row of `delivery` becomes a `Delivery`.
enum DeliveryRow {
    static let columns = """
        delivery.number, delivery.id, delivery.event, delivery.url, delivery.state, delivery.attempts, delivery.status, \
        delivery.error, delivery.create_time, delivery.attempt_time, delivery.due
        """

    static func decode(_ row: PreparedStatement) throws -> Delivery {
        guard let state = Delivery.State(rawValue: row.text(4)) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a delivery's state is \(row.text(4))")
        }
        return Delivery(
            number: row.integer(0), id: row.text(1), event: row.text(2), url: row.text(3), state: state,
            attempts: Int(row.integer(5)), lastStatus: row.optionalInteger(6).map(Int.init),
            lastError: row.optionalText(7), createTime: Timestamp(microseconds: row.integer(8)),
            lastAttemptTime: row.optionalInteger(9).map(Timestamp.init(microseconds:)),
            nextAttemptTime: row.optionalInteger(10).map(Timestamp.init(microseconds:)))
    }
}
