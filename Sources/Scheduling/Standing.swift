/// How one of several who share permits stands: a job among its tenant's jobs, a tenant among tenants.
struct Standing: Sendable {
    /// Most in flight.
    var cap: Int
    var weight: Int
    var inFlight = 0
    /// 0 to 1, drawn anew with each grant.
    var fraction = 0.5
    /// When its turn comes, by its line's `clock`; counts while nothing is in flight.
    var turn = 0.0
    /// What it adds to its line's `competing` at present.
    var competing = 0
    /// Of its entries in a line only the one of this version is true.
    var version: UInt64 = 0

    init(cap: Int, weight: Int) {
        self.cap = cap
        self.weight = weight
    }

    var share: Double { (Double(inFlight) + fraction) / Double(weight) }
}
