import Model

/// Reads the members of one JSON object by name and notes every fault on the way instead of stopping at the first.
struct FieldReader {
    private(set) var faults: [SpecFault] = []
    private let pointer: String
    private var members: [String: JSONValue] = [:]
    private var order: [String] = []
    private var taken: Set<String> = []

    /// - Parameter pointer: where the object stands in the body (RFC 6901); empty for the body itself.
    init(_ members: [JSONValue.Member], at pointer: String = "") {
        self.pointer = pointer
        for member in members {
            if self.members.updateValue(member.value, forKey: member.name) == nil {
                order.append(member.name)
            } else {
                faults.append(SpecFault(path(member.name), "is given twice"))
            }
        }
    }

    var names: [String] { order }

    func path(_ name: String) -> String { "\(pointer)/\(Self.escaped(name))" }

    mutating func fault(_ name: String, _ detail: String) { faults.append(SpecFault(path(name), detail)) }
    mutating func add(_ more: [SpecFault]) { faults += more }

    /// The value as it stands; nil when it is absent.
    mutating func value(_ name: String) -> JSONValue? {
        taken.insert(name)
        return members[name]
    }

    mutating func string(_ name: String) -> String? {
        guard let value = value(name) else { return nil }
        if case .string(let text) = value { return text }
        fault(name, "must be a string")
        return nil
    }

    mutating func boolean(_ name: String) -> Bool? {
        guard let value = value(name) else { return nil }
        if case .boolean(let answer) = value { return answer }
        fault(name, "must be true or false")
        return nil
    }

    mutating func integer(_ name: String) -> Int64? {
        guard let value = value(name) else { return nil }
        if let number = value.whole { return number }
        fault(name, "must be an integer")
        return nil
    }

    mutating func choice<Value: RawRepresentable & CaseIterable>(
        _ name: String, of type: Value.Type
    ) -> Value? where Value.RawValue == String {
        guard let value = value(name) else { return nil }
        if case .string(let text) = value, let choice = Value(rawValue: text) { return choice }
        fault(name, "must be one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
        return nil
    }

    mutating func strings(_ name: String) -> [String]? {
        guard let value = value(name) else { return nil }
        guard case .array(let elements) = value else {
            fault(name, "must be an array of strings")
            return nil
        }
        var strings: [String] = []
        strings.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            if case .string(let text) = element {
                strings.append(text)
            } else {
                faults.append(SpecFault("\(path(name))/\(index)", "must be a string"))
                // A stand-in that is a path and a glob, so that those behind it keep their index.
                strings.append("x")
            }
        }
        return strings
    }

    mutating func map(_ name: String) -> [String: String]? {
        guard let value = value(name) else { return nil }
        guard case .object(let members) = value else {
            fault(name, "must be an object of strings")
            return nil
        }
        var inner = FieldReader(members, at: path(name))
        var map: [String: String] = [:]
        for key in inner.names { map[key] = inner.string(key) }
        faults += inner.faults
        return map
    }

    /// Call it last: whatever was not asked for is unknown.
    mutating func refuseUnknown() {
        for name in order where !taken.contains(name) { fault(name, "is not a known field") }
    }

    /// RFC 6901, section 3.
    static func escaped(_ name: String) -> String {
        guard name.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else { return name }
        return String(name.flatMap { $0 == "~" ? "~0" : $0 == "/" ? "~1" : String($0) })
    }
}
