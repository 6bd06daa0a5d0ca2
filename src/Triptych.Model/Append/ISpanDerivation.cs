using Triptych.Model.Traces;

namespace Triptych.Model.Append;

/// <summary>
/// What is counted from spans as the traces store takes them. The store calls it under its decision lock, once for each record of its
/// write-ahead log and in their order, when the record is made as when it is replayed, and keeps what <see cref="Save"/> gives with the
/// blocks in whose favour the log is retired. So the state follows from what is durable alone, provided that <see cref="Apply"/> looks at
/// nothing but its arguments: no clock, no chance. docs/adr/0013.
/// </summary>
public interface ISpanDerivation
{
    /// <summary>Counts the spans of a record. Neither does I/O nor throws.</summary>
    /// <param name="tenant">Whose spans.</param>
    /// <param name="batch">Where they are.</param>
    /// <param name="taken">Indexes of those that were taken.</param>
    /// <param name="receivedUnixMs">When the record was decided.</param>
    void Apply(TenantId tenant, SpanBatch batch, ReadOnlySpan<int> taken, long receivedUnixMs);

    /// <summary>The state after all records so far.</summary>
    byte[] Save();

    /// <summary>Takes a saved state in the place of an empty one.</summary>
    /// <exception cref="InvalidDataException">The bytes are not a saved state.</exception>
    void Load(ReadOnlySpan<byte> saved);
}
