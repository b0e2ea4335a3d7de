import DevStore
import Testing

/// How the objects of a test's copy job travel: inside one store, or from the other one through this machine.
enum CopyRoute: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case inside
    case between

    var testDescription: String { rawValue }

    /// What brings a whole object to its destination.
    var wholeOperation: S3Operation { self == .inside ? .copyObject : .putObject }
    /// What brings a part there.
    var partOperation: S3Operation { self == .inside ? .uploadPartCopy : .uploadPart }
    /// What asks the source for a whole object: `inside` that is the same request.
    var sourceOperation: S3Operation { self == .inside ? .copyObject : .getObject }
    /// What asks the source for a part.
    var sourcePartOperation: S3Operation { self == .inside ? .uploadPartCopy : .getObject }
}

extension Step {
    func rule(_ route: CopyRoute) -> FaultRule? {
        var rule = rule
        if rule?.operation == .putObject { rule?.operation = route.wholeOperation }
        if rule?.operation == .uploadPart { rule?.operation = route.partOperation }
        return rule
    }
}
