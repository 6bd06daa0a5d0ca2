using Microsoft.AspNetCore.Http;
using Triptych.Model;

namespace Triptych.Api.Http;

/// <summary>The tenant of a request.</summary>
public static class TenantHeader
{
    /// <summary>The header that names it.</summary>
    public const string Name = "X-Scope-OrgID";

    /// <summary>What to answer, with 400, where the name is not valid.</summary>
    public const string Error = "header X-Scope-OrgID is not a valid tenant name (1 to 150 letters, digits or !-_.*'())";

    /// <summary>The tenant that the request names, the default one where it names none, null where the name is not valid.</summary>
    public static TenantId? Read(HttpRequest request)
    {
        var name = request.Headers[Name];
        if (name.Count == 0) return TenantId.Default;
        return TenantId.TryParse(name.ToString(), out var tenant) ? tenant : null;
    }
}
