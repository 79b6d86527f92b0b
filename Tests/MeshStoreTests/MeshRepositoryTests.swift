import Foundation
import Manifests
import MeshModel
import MeshStore
import Testing

@Suite struct MeshRepositoryTests {
  private let path = FileManager.default.temporaryDirectory
    .appendingPathComponent("mesh-\(UUID().uuidString).db").path

  private func service(_ name: String, port: Int = 80) throws -> Manifest {
    try Manifest.decode(
      """
      apiVersion: v1
      kind: Service
      metadata: {name: \(name)}
      spec: {ports: [{port: \(port)}]}
      """)[0]
  }

  /// Gives a repository on a file of its own, and removes the file afterwards.
  private func withRepository(
    validator: @escaping MeshRepository.Validator = { _ in [] },
    _ body: (MeshRepository) async throws -> Void
  ) async throws {
    defer {
      for suffix in ["", "-wal", "-shm"] {
        try? FileManager.default.removeItem(atPath: path + suffix)
      }
    }
    try await body(try MeshRepository(path: path, validator: validator))
  }

  @Test func raisesTheRevisionOnlyWhenSomethingChanged() async throws {
    try await withRepository { repository in
      let push = [try service("a"), try service("b")]
      #expect(try await repository.apply(push).revision == 1)
      let again = try await repository.apply(push)
      #expect(again.revision == 1)
      #expect(again.objects.map(\.change) == [.unchanged, .unchanged])
      let partly = try await repository.apply([try service("a", port: 81), try service("b")])
      #expect(partly.revision == 2)
      #expect(partly.objects.map(\.change) == [.configured, .unchanged])
      #expect(repository.object(push[1].key)?.revision == 1)
    }
  }

  @Test func removesAllThatIsNamedOrNothing() async throws {
    try await withRepository { repository in
      let split = try Manifest.decode(
        """
        apiVersion: split.smi-spec.io/v1alpha4
        kind: TrafficSplit
        metadata: {name: s}
        spec: {service: a, backends: [{service: b, weight: 1}]}
        """)[0]
      _ = try await repository.apply([try service("a"), try service("b"), try service("c"), split])
      let (b, c) = (ObjectReference(try service("b").key), ObjectReference(try service("c").key))
      await #expect(throws: ManifestFaults.self) { _ = try await repository.delete([c, b]) }
      #expect(repository.objects(.service).count == 3)
      let dry = try await repository.delete([c], isDryRun: true)
      #expect(dry.objects.map(\.change) == [.deleted])
      #expect(repository.snapshot.revision == 1)
      let outcome = try await repository.delete([b, ObjectReference(split.key), c])
      #expect(outcome.revision == 2)
      let again = try await repository.delete([b, c])
      #expect(again.objects.map(\.change) == [.absent, .absent])
      #expect(again.revision == 2)
    }
  }

  @Test func removesNothingThatHasMovedOn() async throws {
    try await withRepository { repository in
      _ = try await repository.apply([try service("a")])
      let stale = ObjectReference(try service("a").key, expectedRevision: 7)
      await #expect(throws: RevisionConflict.self) { _ = try await repository.delete([stale]) }
      #expect(repository.objects(.service).count == 1)
    }
  }

  @Test func findsEverythingAgainAfterReopening() async throws {
    try await withRepository { repository in
      _ = try await repository.apply([try service("a"), try service("b")])
      _ = try await repository.delete(try service("a").key)
      let mesh = repository.snapshot
      try repository.close()
      let reopened = try MeshRepository(path: path)
      #expect(reopened.snapshot.revision == 2)
      #expect(reopened.snapshot.mesh == mesh.mesh)
      #expect(reopened.objects(.service).map(\.key.name) == ["b"])
    }
  }

  @Test func storesNothingOfAPushThatTheValidatorRefuses() async throws {
    let refuse: MeshRepository.Validator = { mesh in
      mesh.services.count > 1 ? [MeshFault("too many", object: mesh.services[1].key)] : []
    }
    try await withRepository(validator: refuse) { repository in
      let push = [try service("a"), try service("b")]
      let refusal = await #expect(throws: ManifestFaults.self) {
        try await repository.apply(push)
      }
      #expect(refusal?.faults.first?.document == 1)
      #expect(repository.snapshot.revision == 0)
      #expect(repository.objects(.service).isEmpty)
      #expect(try await repository.apply([push[0]]).revision == 1)
    }
  }

  @Test func refusesAChangeOfAnObjectThatMovedOn() async throws {
    try await withRepository { repository in
      _ = try await repository.apply([try service("a")])
      _ = try await repository.apply([try service("a", port: 81)])
      var late = try service("a", port: 82)
      late.expectedRevision = 1
      let conflict = await #expect(throws: RevisionConflict.self) {
        try await repository.apply([late])
      }
      #expect(conflict?.found == 2)
      await #expect(throws: RevisionConflict.self) {
        try await repository.delete(late.key, expectedRevision: 1)
      }
    }
  }

  @Test func givesAWatcherTheCurrentMeshAndThenTheNewest() async throws {
    try await withRepository { repository in
      var watch = repository.snapshots().makeAsyncIterator()
      #expect(await watch.next()?.revision == 0)
      for port in 1...5 { _ = try await repository.apply([try service("a", port: port)]) }
      #expect(await watch.next()?.revision == 5)
    }
  }

  @Test func countsEachOfManyPushesMadeAtOnce() async throws {
    try await withRepository { repository in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 1...20 {
          let manifest = try service("s\(number)")
          group.addTask { _ = try await repository.apply([manifest]) }
        }
        try await group.waitForAll()
      }
      #expect(repository.snapshot.revision == 20)
      #expect(Set(repository.objects(.service).map(\.revision)) == Set(1...20))
    }
  }
}
