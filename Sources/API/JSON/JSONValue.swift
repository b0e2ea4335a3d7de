/// A JSON text as it was read (RFC 8259): members in their order, doubled ones included.
package enum JSONValue: Sendable, Equatable {
    package struct Member: Sendable, Equatable {
        package let name: String
        package let value: JSONValue

        package init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    case null
    case boolean(Bool)
    /// Written without fraction and exponent, and within 64 bits.
    case integer(Int64)
    /// Any other number.
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([Member])
}

extension JSONValue {
    /// A number whose value is whole, as JSON Schema has it (draft 2020-12, section 6.1.1): `8`, and `8.0` and `8e0`, too.
    /// With a fraction or an exponent only where that is exact: up to 2^53.
    var whole: Int64? {
        switch self {
        case .integer(let number): number
        case .number(let number) where number.magnitude <= 9_007_199_254_740_992: Int64(exactly: number)
        default: nil
        }
    }
}
