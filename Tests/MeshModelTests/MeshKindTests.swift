import MeshModel
import Testing

@Suite struct MeshKindTests {
  @Test func oneObjectIsCountedInTheSingular() {
    #expect(MeshKind.trafficSplit.counted(1) == "1 trafficsplit")
    #expect(MeshKind.endpointSlice.counted(1) == "1 endpointslice")
    #expect(MeshKind.service.counted(0) == "0 services")
    #expect(MeshKind.trafficSplit.counted(2) == "2 trafficsplits")
  }
}
