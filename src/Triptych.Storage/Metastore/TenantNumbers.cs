using Triptych.Model;

namespace Triptych.Storage.Metastore;

/// <summary>Numbers of tenants that were asked for before: they never change. Any thread may call.</summary>
internal sealed class TenantNumbers
{
    private readonly Dictionary<TenantId, int> _numbers = [];

    public static IReadOnlyList<TenantId> ByName(IEnumerable<NumberedTenant> tenants) =>
        [.. tenants.Select(static t => t.Tenant).OrderBy(static t => t.Name, StringComparer.Ordinal)];

    public int? Find(TenantId tenant)
    {
        lock (_numbers)
            return _numbers.TryGetValue(tenant, out var number) ? number : null;
    }

    public int Remember(TenantId tenant, int number)
    {
        lock (_numbers)
            _numbers[tenant] = number;
        return number;
    }

    public void Forget()
    {
        lock (_numbers)
            _numbers.Clear();
    }
}
