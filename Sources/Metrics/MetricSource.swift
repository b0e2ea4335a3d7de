/// Whatever has figures to show. Each room writes its own, under names that no other room has.
package protocol MetricSource: Sendable {
    func write(to exposition: inout Exposition)
}
