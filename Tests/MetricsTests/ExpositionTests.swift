import Metrics
import Testing

struct ExpositionTests {
    private func text(_ write: (inout Exposition) -> Void) -> String {
        var exposition = Exposition()
        write(&exposition)
        return String(decoding: exposition.bytes, as: UTF8.self)
    }

    @Test func aCounterHasHelpTypeAndItsSamples() {
        let text = text { exposition in
            exposition.counter("a_total", "What it counts.") { family in
                family.add([("x", "1"), ("y", "2")], 3)
                family.add(4)
            }
        }
        let head = "# HELP a_total What it counts.\n# TYPE a_total counter\n"
        #expect(text == head + "a_total{x=\"1\",y=\"2\"} 3\na_total 4\n")
    }

    @Test func whatWouldEndALabelIsEscaped() {
        let text = text { $0.gauge("a", "A.") { $0.add([("x", "b\\s \"q\" \n")], 1) } }
        #expect(text.contains(#"a{x="b\\s \"q\" \n"} 1"#))
    }

    @Test(arguments: [(5.0, "5"), (0.25, "0.25"), (-1, "-1"), (0, "0"), (1_700_000_000.5, "1700000000.5")])
    func numbersAreShort(value: Double, expected: String) {
        #expect(text { $0.gauge("a", "A.") { $0.add(value) } }.hasSuffix("\na \(expected)\n"))
    }

    @Test func aHistogramGrowsFromBucketToBucket() {
        let histogram = Histogram(.exchanges)
        for milliseconds in [1, 2, 3, 700, 100_000, -5] { histogram.observe(.milliseconds(milliseconds)) }
        let text = text { $0.histogram("a_seconds", "A.") { $0.add([("x", "1")], histogram) } }
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines.contains(#"a_seconds_bucket{x="1",le="0.001"} 2"#), "1 ms is in it, and what took no time")
        #expect(lines.contains(#"a_seconds_bucket{x="1",le="0.0025"} 3"#))
        #expect(lines.contains(#"a_seconds_bucket{x="1",le="0.5"} 4"#))
        #expect(lines.contains(#"a_seconds_bucket{x="1",le="1"} 5"#))
        #expect(lines.contains(#"a_seconds_bucket{x="1",le="60"} 5"#))
        #expect(lines.contains(#"a_seconds_bucket{x="1",le="+Inf"} 6"#))
        #expect(lines.contains(#"a_seconds_sum{x="1"} 100.706"#))
        #expect(lines.contains(#"a_seconds_count{x="1"} 6"#) && histogram.count == 6)
    }

    @Test func nothingIsLostWhenManyCount() async {
        let counter = SharedCounter()
        await withDiscardingTaskGroup { group in
            for _ in 0..<8 { group.addTask { for _ in 0..<10_000 { counter.count.add() } } }
        }
        #expect(counter.count.value == 80_000)
    }

    @Test func theProcessHasItsFigures() {
        let text = text { ProcessFigures().write(to: &$0) }
        for name in [
            "process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds", "process_max_fds",
            "process_start_time_seconds",
        ] {
            let line = text.split(separator: "\n").first { $0.hasPrefix("\(name) ") }
            #expect(line.flatMap { Double($0.dropFirst(name.count + 1)) }.map { $0 >= 0 } == true, "\(name)")
        }
    }
}

private final class SharedCounter: Sendable {
    let count = Counter()
}
