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

    /// <summary>The same where something beside the body says what becomes of it: equal bodies are then one request only where that is equal too.</summary>
    public static Hash128 Of(TenantId tenant, Signal signal, ReadOnlySpan<byte> body, string beside) =>
        Hash128.Compute(body, XxHash64.Compute(Encoding.UTF8.GetBytes(tenant.Name), XxHash64.Compute(Encoding.UTF8.GetBytes(beside), (ulong)signal)));
}
