import API

/// A job's `progress`.
struct RemoteProgress: Sendable, Equatable {
    var isScanned: Bool
    /// 0 to 1; nil until the source is scanned.
    var fraction: Double?
    var bytesPerSecond: Int64
    var secondsLeft: Int64?
    var filesTotal: Int
    var filesSucceeded: Int
    var filesFailed: Int
    var filesSkipped: Int
    var bytesTotal: Int64
    var bytesSucceeded: Int64
    var bytesInFlight: Int64

    init(_ value: JSONValue?) {
        let files = value?["files"]
        let bytes = value?["bytes"]
        func count(_ name: String) -> Int { Int(files?[name]?.integer ?? 0) }
        isScanned = value?["scan_complete"]?.flag ?? false
        fraction = value?["fraction"]?.number
        bytesPerSecond = value?["bytes_per_second"]?.integer ?? 0
        secondsLeft = value?["eta_seconds"]?.integer
        filesTotal = count("total")
        filesSucceeded = count("succeeded")
        filesFailed = count("failed")
        filesSkipped = count("skipped")
        bytesTotal = bytes?["total"]?.integer ?? 0
        bytesSucceeded = bytes?["succeeded"]?.integer ?? 0
        bytesInFlight = bytes?["in_flight"]?.integer ?? 0
    }
}
