namespace Triptych.Storage.Blocks;

/// <summary>A block that cannot be read. It stays where it is and in the catalog; queries leave it out, and it is not written again.</summary>
/// <param name="Block">Its id.</param>
/// <param name="Tenant">Whose; null in entries of older versions whose block is gone.</param>
/// <param name="Signal">metrics, logs or traces; likewise.</param>
/// <param name="ObjectKey">Its object.</param>
/// <param name="Offset">Byte at which it stopped making sense.</param>
/// <param name="Reason">What is wrong there.</param>
/// <param name="FoundUnixMs">When it was found.</param>
public sealed record QuarantinedBlock(Guid Block, string? Tenant, string? Signal, string ObjectKey, long Offset, string Reason, long FoundUnixMs);
