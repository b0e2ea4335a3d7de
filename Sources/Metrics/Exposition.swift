/// Figures in Prometheus' text form, version 0.0.4 (prometheus.io, "Exposition formats").
package struct Exposition {
    /// Names and values of a sample's labels. Values are of a bounded set: never a path, an id or a caller's text.
    package typealias Labels = [(name: String, value: String)]

    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    package private(set) var bytes: [UInt8] = []

    package init() { bytes.reserveCapacity(32 << 10) }

    /// The samples of one counter, whose name ends in `_total`.
    package mutating func counter(_ name: String, _ help: String, _ samples: (inout Family) -> Void) {
        family(name, "counter", help, samples)
    }

    package mutating func gauge(_ name: String, _ help: String, _ samples: (inout Family) -> Void) {
        family(name, "gauge", help, samples)
    }

    /// The name of a span of time ends in `_seconds`.
    package mutating func histogram(_ name: String, _ help: String, _ samples: (inout Family) -> Void) {
        family(name, "histogram", help, samples)
    }

    package mutating func counter(_ name: String, _ help: String, _ value: Int) {
        counter(name, help) { $0.add(value) }
    }

    package mutating func gauge(_ name: String, _ help: String, _ value: Int) {
        gauge(name, help) { $0.add(value) }
    }

    private mutating func family(
        _ name: String, _ kind: String, _ help: String, _ samples: (inout Family) -> Void
    ) {
        var family = Family(name: name)
        samples(&family)
        bytes.append(contentsOf: "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n".utf8)
        bytes.append(contentsOf: family.bytes)
    }

    /// One metric with its samples.
    package struct Family {
        let name: String
        fileprivate(set) var bytes: [UInt8] = []

        package mutating func add(_ value: Int) { add([], value) }

        package mutating func add(_ value: Double) { add([], value) }

        package mutating func add(_ labels: Labels, _ value: Int) { add("", labels, String(value)) }

        package mutating func add(_ labels: Labels, _ value: Double) { add("", labels, Exposition.text(value)) }

        package mutating func add(_ labels: Labels, _ histogram: borrowing Histogram) {
            var count = 0
            for (index, bound) in histogram.bounds.texts.enumerated() {
                count += histogram.count(at: index)
                add("_bucket", labels + [("le", bound)], String(count))
            }
            // From the buckets, so that they add up also while others count.
            count += histogram.count(at: histogram.bounds.texts.count)
            add("_bucket", labels + [("le", "+Inf")], String(count))
            add("_sum", labels, Exposition.text(histogram.sumInSeconds))
            add("_count", labels, String(count))
        }

        private mutating func add(_ suffix: String, _ labels: Labels, _ value: String) {
            bytes.append(contentsOf: "\(name)\(suffix)".utf8)
            if !labels.isEmpty {
                let pairs = labels.map { "\($0.name)=\"\(Exposition.escaped($0.value))\"" }
                bytes.append(contentsOf: "{\(pairs.joined(separator: ","))}".utf8)
            }
            bytes.append(contentsOf: " \(value)\n".utf8)
        }
    }

    /// As short as it can be: 5, 0.25, 1e-05.
    static func text(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }

    private static func escaped(_ text: String) -> String {
        text.utf8.contains(where: { $0 == 0x5C || $0 == 0x22 || $0 == 0x0A })
            ? String(text.flatMap { $0 == "\\" ? "\\\\" : $0 == "\"" ? "\\\"" : $0 == "\n" ? "\\n" : String($0) })
            : text
    }
}
