/// A parser that reads what strangers send, and what must hold of it for any bytes at all.
enum FuzzTarget: String, CaseIterable {
    case glob, json, signatures, xml

    /// Longer inputs find nothing that shorter ones don't, and cost what many runs would.
    var longestInputInBytes: Int { self == .glob ? 512 : 4_096 }

    /// - Throws: what does not hold. That nothing traps and nothing takes long is for the caller to see.
    func check(_ bytes: [UInt8]) throws(BrokenProperty) {
        switch self {
        case .glob: try GlobProperties.check(bytes)
        case .json: try JSONProperties.check(bytes)
        case .signatures: try SignatureProperties.check(bytes)
        case .xml: try XMLProperties.check(bytes)
        }
    }
}

/// Something that must hold for any input does not.
struct BrokenProperty: Error, CustomStringConvertible {
    let description: String
}

/// - Throws: when `condition` is false.
func expect(_ condition: Bool, _ property: @autoclosure () -> String) throws(BrokenProperty) {
    if !condition { throw BrokenProperty(description: property()) }
}
