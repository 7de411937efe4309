/* The stored settings, one row each: E Q V X &C &D &S \\V +IFC +ICF S7 S10 (manual V3.00 2.2.26) and +IPREX. */
#include "app/settings.h"

#define STORED(ROW) \
	ROW("at.echo", echo) ROW("at.quiet", quiet) ROW("at.verbose", verbose) ROW("at.x", x) ROW("at.dcd", dcd) \
	ROW("at.dtr", dtr) ROW("at.dsr", dsr) ROW("at.v1", v1) ROW("at.bsq", bsq) ROW("at.ifc.0", ifc[0]) ROW("at.ifc.1", ifc[1]) \
	ROW("at.icf.0", icf[0]) ROW("at.icf.1", icf[1]) ROW("at.s7", s[7]) ROW("at.s10", s[10]) ROW("at.iprex", iprex)

void settings_load(const struct store *store, struct at_settings *s)
{
#define LOAD(key, member) s->member = (__typeof__(s->member))store_num(store, key, (long)s->member);
	STORED(LOAD)
#undef LOAD
}

void settings_save(struct store *store, const struct at_settings *s)
{
#define SAVE(key, member) store_set_num(store, key, (long)s->member);
	STORED(SAVE)
#undef SAVE
}
