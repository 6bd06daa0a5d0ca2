using System.Text;
using Triptych.Model;
using Triptych.Primitives.Checksums;

namespace Triptych.Api.Http;

/// <summary>Identifies a request by its tenant, signal and decompressed body, so that a resend is not a second record.</summary>
public static class RequestIdentity
{
    /// <summary>The request's hash.</summary>
    public static Hash128 Of(TenantId tenant, Signal signal, ReadOnlySpan<byte> body) =>
        Hash128.Compute(body, XxHash64.Compute(Encoding.UTF8.GetBytes(tenant.Name), (ulong)signal));
}
