import Config
import HTTPModel

/// The cluster one request goes to.
public struct ClusterSelection: Equatable, Sendable {
  public let cluster: ClusterID
  /// Index of the weighted entry; -1: none.
  let weightedIndex: Int32
}

/// Which of several clusters a request goes to, by weight. Source: `WeightedCluster`.
struct WeightedChoice: Sendable {
  var entries: ElementRange
  var total: UInt64
  /// `header_name`
  var header: FieldName?
  var usesHashPolicy: Bool
}

/// Source: `WeightedCluster.ClusterWeight`.
struct WeightedClusterEntry: Sendable {
  var cluster: ClusterID
  var name: ByteRange
  /// This entry's weight and those of the entries before it.
  var cumulativeWeight: UInt64
  var hostRewrite: ByteRange?
  var requestMutations: ElementRange
  var responseMutations: ElementRange
}

/// Finds a cluster's handle by its name's bytes, for routes with `cluster_header`. It is made anew
/// whenever names were added. Immutable, shared by all workers.
public final class ClusterNameIndex: Sendable {
  private let program: RouteProgram
  private let table: NameTable
  private let ids: [ClusterID]

  public init(_ names: ClusterNames) {
    var draft = RouteProgramDraft()
    let all = names.all
    ids = Array(all.values)
    let entries = all.keys.enumerated().map { (name: draft.place($1), value: $0) }
    table = NameTable(entries, text: draft.text, ignoresCase: false)
    program = RouteProgram(draft)
  }

  /// nil when no cluster has that name.
  public func find(_ name: borrowing Span<UInt8>) -> ClusterID? {
    table.find(name, program).map { ids[$0] }
  }
}
