import API
import Model
import Scheduling

/// Of the reader of request bodies: what it reads, written, is read alike; a spec that it accepts, posted again as it is
/// shown, is the same spec; and whatever it refuses is answered in JSON.
enum JSONProperties {
    static func check(_ bytes: [UInt8]) throws(BrokenProperty) {
        if let value = try? JSONParser.parse(bytes) {
            try expect(depth(of: value) <= JSONParser.deepestNesting, "nested deeper than is allowed")
            try compare(
                try? JSONParser.parse(written(value)), with: value, "what was read is written as something else")
        }
        let features = Features()
        switch Result(catching: { () throws(ProblemDetails) in try SpecRequest(body: bytes, features: features) }) {
        case .failure(let problem): try check(problem)
        case .success(let request):
            var writer = JSONWriter()
            writer.spec(request.spec)
            let again = try? SpecRequest(body: writer.bytes, features: features).spec
            try compare(again, with: request.spec, "a spec posted as it is shown is another one")
        }
        switch Result(catching: { () throws(ProblemDetails) in try JobPatch(body: bytes) }) {
        case .failure(let problem): try check(problem)
        case .success(let patch):
            try expect((1...1_024).contains(patch.concurrency ?? 1), "a patch beyond its range")
            try expect((1...9).contains(patch.priority ?? 1), "a patch beyond its range")
        }
        let limits = Result { () throws(ProblemDetails) in try LimitsPatch(body: bytes) }
        if case .failure(let problem) = limits { try check(problem) }
    }

    private static func check(_ problem: ProblemDetails) throws(BrokenProperty) {
        try expect(problem.code == .invalidSpec, "a body's fault is \(problem.code.rawValue)")
        guard case .object = try? JSONParser.parse(problem.body) else {
            throw BrokenProperty(description: "a problem that is no JSON")
        }
    }

    private static func compare<Value: Equatable>(
        _ found: Value?, with wanted: Value, _ property: String
    ) throws(BrokenProperty) {
        if found != wanted { throw BrokenProperty(description: "\(property): \(wanted), \(String(describing: found))") }
    }

    private static func depth(of value: JSONValue) -> Int {
        switch value {
        case .array(let elements): 1 + (elements.map { depth(of: $0) }.max() ?? 0)
        case .object(let members): 1 + (members.map { depth(of: $0.value) }.max() ?? 0)
        default: 0
        }
    }

    private static func written(_ value: JSONValue) -> [UInt8] {
        var writer = JSONWriter()
        write(value, to: &writer)
        return writer.bytes
    }

    private static func write(_ value: JSONValue, to writer: inout JSONWriter) {
        switch value {
        case .null: writer.null()
        case .boolean(let value): writer.boolean(value)
        case .integer(let value): writer.integer(value)
        case .number(let value):
            let text = value.isInfinite ? value < 0 ? "-1e999" : "1e999" : "\(value)"
            writer.raw(Array(text.utf8))
        case .string(let value): writer.string(value)
        case .array(let elements):
            writer.array { writer in
                for element in elements { write(element, to: &writer) }
            }
        case .object(let members):
            writer.object { writer in
                for member in members {
                    writer.string(member.name)
                    writer.verbatim(":")
                    write(member.value, to: &writer)
                }
            }
        }
    }
}
