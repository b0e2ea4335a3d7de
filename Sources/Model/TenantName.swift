/// Whose a job is: the name that the settings give to those who share tokens, rights and a share of the service.
package struct TenantName: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let rawValue: String

    /// Of every job where the settings name no tokens, and of those that were stored before there were tenants.
    package static let `default` = TenantName(checked: "default")

    /// Nil unless `rawValue` is 1 to 64 characters of `[A-Za-z0-9._-]`.
    package init?(_ rawValue: String) {
        guard (1...64).contains(rawValue.utf8.count), rawValue.utf8.allSatisfy(Self.isAllowed) else { return nil }
        self.rawValue = rawValue
    }

    private init(checked rawValue: String) { self.rawValue = rawValue }

    package var description: String { rawValue }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
