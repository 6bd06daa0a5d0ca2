using Triptych.Primitives.Checksums;

namespace Triptych.Model.Append;

/// <summary>Whose batch it is and which request it came in.</summary>
/// <param name="Tenant">Whose data.</param>
/// <param name="RequestHash">
/// Hash of (tenant, signal, decompressed body): an equal request within 15 minutes is acknowledged and not appended. Null where there is no
/// request that a client could send again (our own scrapes and files).
/// </param>
public readonly record struct AppendContext(TenantId Tenant, Hash128? RequestHash);
