package import Model
package import Scheduling

extension JobPatch {
    /// - Throws: a problem with all faults of the body at once.
    package init(body: [UInt8]) throws(ProblemDetails) {
        self.init()
        var reader = try FieldReader(body: body)
        concurrency = reader.integer("concurrency", within: 1...1_024).map(Int.init)
        priority = reader.integer("priority", within: 1...9).map(Int.init)
        bandwidthLimit = reader.limit("bandwidth_limit")
        labels = reader.map("labels")
        if let labels, labels.count > 16 { reader.fault("labels", "has more than 16 entries") }
        try reader.finishPatch()
    }
}

extension LimitsPatch {
    /// - Throws: a problem with all faults of the body at once.
    package init(body: [UInt8]) throws(ProblemDetails) {
        self.init()
        var reader = try FieldReader(body: body)
        concurrency = reader.integer("concurrency", within: 1...65_536).map(Int.init)
        bandwidthLimit = reader.limit("bandwidth_limit")
        try reader.finishPatch()
    }
}

extension FieldReader {
    fileprivate mutating func integer(_ name: String, within range: ClosedRange<Int64>) -> Int64? {
        guard let number = integer(name) else { return nil }
        if range.contains(number) { return number }
        fault(name, "must be from \(range.lowerBound) to \(range.upperBound)")
        return nil
    }

    /// Bytes per second; null takes the limit away.
    fileprivate mutating func limit(_ name: String) -> Int64?? {
        guard let value = value(name) else { return nil }
        if value == .null { return .some(nil) }
        if let number = value.whole, number >= 1 { return .some(number) }
        fault(name, "must be an integer of at least 1, or null")
        return nil
    }

    fileprivate mutating func finishPatch() throws(ProblemDetails) {
        refuseUnknown()
        if names.isEmpty { add([SpecFault("", "names nothing to change")]) }
        if !faults.isEmpty { throw ProblemDetails(faults: faults) }
    }
}
