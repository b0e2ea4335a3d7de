package import Metrics
internal import Model

extension Scheduler: MetricSource {
    package nonisolated func write(to exposition: inout Exposition) {
        surroundings.figures.write(to: &exposition)
        exposition.gauge("longshore_s3_requests_in_flight", "Requests to stores in flight.", permits.inFlight)
        exposition.gauge("longshore_s3_requests_in_flight_limit", "The global cap on them.", permits.cap)
        exposition.gauge("longshore_s3_requests_waiting", "Requests that wait for a permit.", permits.waiting)
        exposition.gauge(
            "longshore_store_backing_off",
            "1 while requests to the store are slowed down because it asked for it, else 0."
        ) { family in
            for store in clients.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
                family.add([("store", store.rawValue)], permits.isBackingOff(store) ? 1 : 0)
            }
        }
        exposition.gauge("longshore_draining", "1 once the service has been told to stop, else 0.", isDraining ? 1 : 0)
    }
}
