import SigV4

/// How long credentials are used and when they are asked for anew. Rules only: the clock and the dice are the caller's.
///
/// From the advisory time on one refresh runs aside and everyone goes on with the old ones; from the mandatory time on
/// everyone waits for it (botocore's rule). Those that live for less than an hour have both in proportion, so that they are
/// not asked for with each request:
///
///     life in s      3,600 and more   900    60
///     advisory, end -           900   225    15
///     mandatory, end -          600   150    10
struct CredentialsLease: Sendable {
    enum Need: Sendable, Hashable {
        /// They hold.
        case rest
        /// They hold, and new ones should be fetched by the way.
        case renewAside
        /// Nothing may be signed with them before new ones were asked for.
        case renewFirst
    }

    let credentials: Credentials
    /// The store does not take them.
    private(set) var isRefused = false
    private let isStable: Bool
    /// Seconds since 1970, as are all.
    private var advisory = Int64.max
    private var mandatory = Int64.max
    private var usableUntil = Int64.max

    /// Credentials that had ended when they came are used nevertheless: our clock may be wrong, or AWS prolongs them. The
    /// store has the last word. They are asked for again after a while.
    ///
    /// - Parameters:
    ///   - isStable: see `CredentialsSource.isStable`.
    ///   - jitter: 0 to 1, drawn evenly.
    init(_ credentials: Credentials, at now: SigningTime, isStable: Bool, jitter: Double) {
        self.credentials = credentials
        self.isStable = isStable
        guard let end = credentials.expiration?.secondsSince1970 else { return }
        let left = end - now.secondsSince1970
        if left <= 0 {
            advisory = now.secondsSince1970 + (isStable ? 900 + 120 + Int64(480 * jitter) : Self.pause(jitter))
        } else {
            advisory = end - min(900, left / 4)
            mandatory = end - min(600, left / 6)
            if !isStable { usableUntil = end }
        }
    }

    func need(at now: SigningTime) -> Need {
        if isRefused || now.secondsSince1970 >= mandatory { return .renewFirst }
        return now.secondsSince1970 >= advisory ? .renewAside : .rest
    }

    /// Whether requests may go on with them when no others can be had.
    func isUsable(at now: SigningTime) -> Bool {
        !isRefused && now.secondsSince1970 < usableUntil
    }

    /// Asking for others failed: it is tried again aside, and nobody waits before the end.
    mutating func renewalFailed(at now: SigningTime, jitter: Double) {
        guard isUsable(at: now) else { return }
        let left = usableUntil - now.secondsSince1970
        advisory = now.secondsSince1970 + min(Self.pause(jitter), max(1, left / 4))
        mandatory = usableUntil
    }

    mutating func refuse() {
        isRefused = true
    }

    /// Seconds between two tries: 30 to 60.
    private static func pause(_ jitter: Double) -> Int64 {
        30 + Int64(30 * jitter)
    }
}
