/// Where a request stands in a trace (W3C Trace Context, "traceparent Header"): told by the caller, kept with the job, and
/// handed on to those whom the job calls.
package struct TraceParent: Sendable, Hashable {
    /// 32 lower-case hexadecimal digits.
    package let traceID: String
    /// 16 of them: of the caller's span.
    package let parentID: String
    /// Two of them.
    package let flags: String

    /// Nil for what the specification calls invalid: such a field is ignored. Of a later version the part that this one
    /// knows counts.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        let dash = UInt8(ascii: "-")
        guard bytes.count >= 55, bytes[2] == dash, bytes[35] == dash, bytes[52] == dash,
            let version = Self.digits(bytes[0..<2]), version != "ff", version != "00" || bytes.count == 55,
            bytes.count == 55 || bytes[55] == dash,
            let traceID = Self.digits(bytes[3..<35]), traceID.contains(where: { $0 != "0" }),
            let parentID = Self.digits(bytes[36..<52]), parentID.contains(where: { $0 != "0" }),
            let flags = Self.digits(bytes[53..<55])
        else { return nil }
        self.init(traceID: traceID, parentID: parentID, flags: flags)
    }

    private init(traceID: String, parentID: String, flags: String) {
        self.traceID = traceID
        self.parentID = parentID
        self.flags = flags
    }

    /// As a header field carries it, in version 00.
    package var text: String { "00-\(traceID)-\(parentID)-\(flags)" }

    /// The same trace from a span of ours on.
    package func child(using generator: inout some RandomNumberGenerator) -> TraceParent {
        let span = String(UInt64.random(in: 1 ... .max, using: &generator), radix: 16)
        return TraceParent(
            traceID: traceID, parentID: String(repeating: "0", count: 16 - span.utf8.count) + span, flags: flags)
    }

    private static func digits(_ bytes: ArraySlice<UInt8>) -> String? {
        let isHexadecimal = bytes.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
        }
        return isHexadecimal ? String(decoding: bytes, as: UTF8.self) : nil
    }
}
