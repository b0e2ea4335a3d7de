/// Which program this is: always 1, for joining with other figures.
package struct BuildFigures: MetricSource {
    private let version: String

    package init(version: String) { self.version = version }

    package func write(to exposition: inout Exposition) {
        exposition.gauge("longshore_build_info", "The program that runs, by its version.") {
            $0.add([("version", version)], 1)
        }
    }
}
