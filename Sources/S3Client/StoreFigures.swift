package import Metrics
package import Model

/// The requests to all stores, by store.
package struct StoreFigures: MetricSource {
    private let stores: [(name: String, figures: RequestFigures)]

    package init(_ stores: [(StoreName, RequestFigures)]) {
        self.stores = stores.map { ($0.0.rawValue, $0.1) }
    }

    package func write(to exposition: inout Exposition) {
        exposition.counter(
            "longshore_s3_requests_total",
            "Attempts of requests to stores, by operation and HTTP status, or why there was none."
        ) { family in
            for store in stores {
                store.figures.forEachCount { operation, code, count in
                    family.add([("store", store.name), ("operation", operation.rawValue), ("code", code)], count)
                }
            }
        }
        exposition.histogram(
            "longshore_s3_request_duration_seconds", "From the start of an attempt until its reply was complete."
        ) { family in
            for store in stores {
                for operation in S3Operation.allCases {
                    store.figures.add(
                        operation, [("store", store.name), ("operation", operation.rawValue)], to: &family)
                }
            }
        }
        exposition.counter(
            "longshore_s3_bytes_total", "Bytes of bodies sent to stores and received from them, by all attempts."
        ) { family in
            for store in stores {
                let bytes = store.figures.bytes
                family.add([("store", store.name), ("direction", "sent")], bytes.sent)
                family.add([("store", store.name), ("direction", "received")], bytes.received)
            }
        }
    }
}
