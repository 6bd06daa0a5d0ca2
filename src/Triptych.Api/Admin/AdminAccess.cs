namespace Triptych.Api.Admin;

/// <summary>Whether endpoints that delete data may be used (<c>web.enable_admin_api</c>, as Prometheus' flag of that name).</summary>
/// <param name="IsEnabled">Whether they may.</param>
public sealed record AdminAccess(bool IsEnabled)
{
    /// <summary>What to say where they may not.</summary>
    public const string Refusal = "admin APIs disabled: set web.enable_admin_api to true";
}
