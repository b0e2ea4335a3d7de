package import Model
import S3Client

extension FileRunner {
    /// How many requests the copy of an object takes when none fails, that of `overwrite` apart. What a relayed object's
    /// tags may add is known only when it is moved.
    package static func requestsOfCopy(sizeInBytes size: Int64, spec: JobSpec) -> Int {
        let isRelayed = spec.objectStore != spec.store
        let attributes = ObjectAttributes(spec: spec)
        if size < spec.multipartThreshold, size <= PartPlan.largestSingleRequest {
            return isRelayed || attributes.replacesMetadata ? 2 : 1
        }
        let preferred =
            isRelayed ? spec.partSize : CopiedParts.partSize(of: size, preferred: spec.partSize)
        let parts = PartPlan(objectSize: size, preferredPartSize: preferred)?.count ?? 0
        // A look at the object and at its tags, create and complete.
        return (isRelayed ? 2 : 1) * parts + (attributes.replacesTags ? 3 : 4)
    }
}
